-- Notes that all of a turn of a shard was posted, and begins the next one for the same caller.
--
-- KEYS  1 the shard's record (hash, see claim.lua)   2 the highest fence (number)
-- ARGV  1 fence   2 the caller's clock (microseconds since 1970)   3 lifetime (ms)
-- Returns the fence of the next turn, '' where another caller has begun it; nothing where another turn has begun before
--       this one was finished.
--
-- Sent again, it answers as it did.

local text = function(number) return string.format('%.0f', number) end
local record = redis.call('HMGET', KEYS[1], 'holder', 'last', 'next')
if record[2] == ARGV[1] then return record[1] == record[3] and record[1] or '' end
if record[1] ~= ARGV[1] then return false end

local time = redis.call('TIME')
local now = math.max(tonumber(time[1]) * 1000000 + tonumber(time[2]), tonumber(ARGV[2]))
local next = text(math.max(tonumber(redis.call('GET', KEYS[2]) or 0) + 1, tonumber(ARGV[1]) + 1, now))
redis.call('SET', KEYS[2], next, 'PX', ARGV[3])
redis.call('HSET', KEYS[1], 'holder', next, 'next', next, 'last', ARGV[1])
redis.call('HDEL', KEYS[1], 'set', 'histories', 'upTo')
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return next
