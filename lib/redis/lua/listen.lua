-- Enters a listener of one channel or pattern, in place of what it was entered as before.
--
-- KEYS  1 audience (sorted set, all scores 0, so in the order of members: connection id, space, the rest)
-- ARGV  1 connection id   2 member   3 lifetime (ms)

redis.call('ZREMRANGEBYLEX', KEYS[1], '[' .. ARGV[1] .. ' ', '(' .. ARGV[1] .. '!')
redis.call('ZADD', KEYS[1], 0, ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
