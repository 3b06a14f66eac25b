-- Makes shapes and indexed patterns known to the fan-out.
--
-- KEYS  1 registry (hash: entry -> stamp, which is count:ms since 1970)   2 change log (stream)
-- ARGV  1 generation to begin with, if there is none   2 lifetime (ms)   3 most shapes   4 most entries in the log
--       then pairs: shape ('' where the pattern has none), pattern
--
-- Entries are 's' .. shape and 'p' .. pattern; '#generation', '#shapes' and '#stamp' count. Every call stamps its
-- entries anew, so whoever removes one by comparing its stamp cannot remove one that was just asked for. A pattern
-- whose shape would be one too many is entered by itself.

redis.call('HSETNX', KEYS[1], '#generation', ARGV[1])
local time = redis.call('TIME')
local now = string.format('%.0f', tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000))
local stamp = redis.call('HINCRBY', KEYS[1], '#stamp', 1) .. ':' .. now
for i = 5, #ARGV, 2 do
  local shape, pattern = ARGV[i], ARGV[i + 1]
  local entry = 'p' .. pattern
  if shape ~= '' then
    if redis.call('HEXISTS', KEYS[1], 's' .. shape) == 1 then
      entry = 's' .. shape
    elseif tonumber(redis.call('HGET', KEYS[1], '#shapes') or '0') < tonumber(ARGV[3]) then
      entry = 's' .. shape
      redis.call('HINCRBY', KEYS[1], '#shapes', 1)
    end
  end
  local isNew = redis.call('HSET', KEYS[1], entry, stamp) == 1
  if isNew then redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[4], '*', '+', entry) end
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return 1
