-- Removes entries of the registry that nobody has asked for since they were looked at.
--
-- KEYS  1 registry (hash: entry -> stamp)   2 change log (stream)   3 the last answer ('call count')
--       4 by whom (hash: entry -> user)   5 counts (hash: 's' or 'p' .. user -> entries)
-- ARGV  1 most entries in the log   2 where the next look goes on   3 name of this call   4 ms its answer is kept
--       then pairs: entry, stamp it had
-- Returns how many were removed; to a call that is sent again, since its answer was lost, the same.
--
-- Every registration stamps its entries anew, so an entry whose stamp is the same was not asked for meanwhile. A
-- registry without entries is removed whole; the next one begins another generation, and readers read it anew.

local call, count = string.match(redis.call('GET', KEYS[3]) or '', '^(%S+) (%d+)$')
if call == ARGV[3] then return tonumber(count) end
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], '#next', ARGV[2])

local removed = 0
for i = 5, #ARGV, 2 do
  local entry, stamp = ARGV[i], ARGV[i + 1]
  if redis.call('HGET', KEYS[1], entry) == stamp then
    redis.call('HDEL', KEYS[1], entry)
    redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[1], '*', '-', entry, 'by', ARGV[3])
    local kind = string.sub(entry, 1, 1)
    if kind == 's' then redis.call('HINCRBY', KEYS[1], '#shapes', -1) end
    local user = redis.call('HGET', KEYS[4], entry)
    if user then
      redis.call('HDEL', KEYS[4], entry)
      if redis.call('HINCRBY', KEYS[5], kind .. user, -1) <= 0 then redis.call('HDEL', KEYS[5], kind .. user) end
    end
    removed = removed + 1
  end
end
if removed == 0 then return 0 end
redis.call('SET', KEYS[3], ARGV[3] .. ' ' .. removed, 'PX', ARGV[4])
-- Among so many fields there are entries: it has a few of its own.
local MOST_OWN = 16
local fields = redis.call('HLEN', KEYS[1]) > MOST_OWN and { '' } or redis.call('HKEYS', KEYS[1])
for _, field in ipairs(fields) do
  if string.sub(field, 1, 1) ~= '#' then
    -- The log may just have been begun anew by an entry of its own.
    redis.call('PEXPIRE', KEYS[2], math.max(redis.call('PTTL', KEYS[1]), 1))
    return removed
  end
end
redis.call('UNLINK', KEYS[1], KEYS[2], KEYS[4], KEYS[5])
return removed
