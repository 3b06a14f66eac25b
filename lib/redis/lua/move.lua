-- Moves a member of a sorted set, unless somebody else moved it since it was looked at.
--
-- KEYS  1 sorted set
-- ARGV  1 member   2 score it had   3 score it gets, or '' to remove it
-- Returns 1.

local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not score or tonumber(score) ~= tonumber(ARGV[2]) then return 1 end
if ARGV[3] == '' then redis.call('ZREM', KEYS[1], ARGV[1]) else redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1]) end
return 1
