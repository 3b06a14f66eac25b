-- Takes from what everyone may send, unless it is used up, and counts who sends.
--
-- KEYS  1 what everyone sent (number)   2 who sent (HyperLogLog)
-- ARGV  1 points to take   2 points that everyone has in a duration   3 duration (ms)   4 user
-- Returns { 1 where it is used up, and nothing was taken, else 0; what everyone sent; ms until that is forgotten;
--   about how many users sent something, where it is used up, else 0 }.
--
-- Both are of one duration and end together: who is counted anew while what was sent still counts would have too large a
-- share. Neither lasts longer than a duration, also where the clock was set back.

local duration = tonumber(ARGV[3])
local sent = tonumber(redis.call('GET', KEYS[1]) or '0')
local known = redis.call('PTTL', KEYS[1])
local left = (known < 0 or known > duration) and duration or known
if known == -2 then redis.call('DEL', KEYS[2]) end

local isUsedUp = sent + ARGV[1] > tonumber(ARGV[2])
if not isUsedUp then sent = redis.call('INCRBY', KEYS[1], ARGV[1]) elseif known == -2 then redis.call('SET', KEYS[1], 0) end
if known ~= left then redis.call('PEXPIRE', KEYS[1], left) end
redis.call('PFADD', KEYS[2], ARGV[4])
-- By their ends and not by what is left: the clock goes on between the commands of a script before Redis 7.2.
local ends = redis.call('PEXPIRETIME', KEYS[1])
if redis.call('PEXPIRETIME', KEYS[2]) ~= ends then redis.call('PEXPIREAT', KEYS[2], ends) end
return { isUsedUp and 1 or 0, sent, left, isUsedUp and redis.call('PFCOUNT', KEYS[2]) or 0 }
