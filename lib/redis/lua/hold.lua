-- Writes fields of a hash and when it expires, in one step: no crash leaves a hash that never expires.
--
-- KEYS  1 hash
-- ARGV  1 lifetime (ms)   then pairs: field, value

redis.call('HSET', KEYS[1], unpack(ARGV, 2))
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
