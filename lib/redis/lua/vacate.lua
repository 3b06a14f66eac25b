-- Tells that nobody is there any more, once for each occupancy, where nobody came back for a time.
--
-- KEYS  1 who is there (absent where nobody is)   2 whether any is there (hash)   3 what is to be told of it (list)
-- ARGV  1 that time (ms)   2 what is told
-- Returns ms that are left of it; -1 where nothing is to be waited for.

local is, since, number = unpack(redis.call('HMGET', KEYS[2], 'is', 'since', 'last'))
if is ~= '1' or not since then return -1 end
if redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('HDEL', KEYS[2], 'since')
  return -1
end
local left = since + ARGV[1] - milliseconds()
if left > 0 then return left end
redis.call('HDEL', KEYS[2], 'is', 'since')
tell(KEYS[3], ARGV[2], number, {})
return -1
