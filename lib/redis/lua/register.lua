-- Makes shapes and indexed patterns of a user known to the fan-out, all or none.
--
-- KEYS  1 registry (hash: entry -> stamp, which is count:ms since 1970)   2 change log (stream)
--       3 by whom (hash: entry -> user)   4 counts (hash: 's' or 'p' .. user -> entries)
-- ARGV  1 name of this call: of the generation, if there is none yet   2 lifetime (ms)   3 most shapes   4 most entries in the log
--       5 user   6 most patterns of the user   then pairs: shape ('' where the pattern has none), pattern
-- Returns 1; 0 where the patterns would be too many.
--
-- Entries are 's' .. shape and 'p' .. pattern; '#generation', '#shapes' and '#stamp' count. Every call stamps its
-- entries anew, so whoever removes one by comparing its stamp cannot remove one that was just asked for. A pattern
-- is entered by itself where its shape would be one too many: of all, or of this user, who may have entered a quarter of
-- those that are left.

local user = ARGV[5]
local free = tonumber(ARGV[3]) - tonumber(redis.call('HGET', KEYS[1], '#shapes') or '0')
local counted = redis.call('HMGET', KEYS[4], 's' .. user, 'p' .. user)
local shapes, patterns = tonumber(counted[1] or '0'), tonumber(counted[2] or '0')

local entries, added, isNew, isMore = {}, {}, {}, false
for i = 7, #ARGV, 2 do
  local shape, pattern = 's' .. ARGV[i], 'p' .. ARGV[i + 1]
  local entry = pattern
  if shape ~= 's' and (isNew[shape] or redis.call('HEXISTS', KEYS[1], shape) == 1 or 4 * shapes < free) then
    entry = shape
  end
  if not isNew[entry] and redis.call('HEXISTS', KEYS[1], entry) == 0 then
    isNew[entry] = true
    added[#added + 1] = entry
    if entry == shape then
      shapes, free = shapes + 1, free - 1
    else
      patterns, isMore = patterns + 1, true
    end
  end
  entries[#entries + 1] = entry
end
if isMore and patterns > tonumber(ARGV[6]) then return 0 end

redis.call('HSETNX', KEYS[1], '#generation', ARGV[1])
local time = redis.call('TIME')
local now = string.format('%.0f', tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000))
local stamp = redis.call('HINCRBY', KEYS[1], '#stamp', 1) .. ':' .. now
for _, entry in ipairs(entries) do redis.call('HSET', KEYS[1], entry, stamp) end
for _, entry in ipairs(added) do
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[4], '*', '+', entry, 'by', ARGV[1])
  local kind = string.sub(entry, 1, 1)
  if kind == 's' then redis.call('HINCRBY', KEYS[1], '#shapes', 1) end
  -- One that a version without shares removed is still noted.
  local before = redis.call('HGET', KEYS[3], entry)
  if before then redis.call('HINCRBY', KEYS[4], kind .. before, -1) end
  redis.call('HSET', KEYS[3], entry, user)
  redis.call('HINCRBY', KEYS[4], kind .. user, 1)
end
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[2]) end
return 1
