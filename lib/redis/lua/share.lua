-- Takes from what everyone may send, unless it is used up, and counts who sends.
--
-- KEYS  1 what everyone sent (number)   2 who sent (HyperLogLog)
-- ARGV  1 points to take   2 points that everyone has in a duration   3 duration (ms)   4 user
-- Returns { 1 where it is used up, and nothing was taken, else 0; what everyone sent; ms until that is forgotten;
--   about how many users sent something, where it is used up, else 0 }.

redis.call('PFADD', KEYS[2], ARGV[4])
redis.call('PEXPIRE', KEYS[2], ARGV[3], 'NX')
local sent = tonumber(redis.call('GET', KEYS[1]) or '0')
local isUsedUp = sent + ARGV[1] > tonumber(ARGV[2])
if not isUsedUp then
  sent = redis.call('INCRBY', KEYS[1], ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[3], 'NX')
end
local left = redis.call('PTTL', KEYS[1])
return { isUsedUp and 1 or 0, sent, left < 0 and tonumber(ARGV[3]) or left, isUsedUp and redis.call('PFCOUNT', KEYS[2]) or 0 }
