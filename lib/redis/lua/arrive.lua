-- Notes a connection of a user, unless it would be one more than the user may have.
--
-- KEYS  1 connections of the user (hash)   2 whether any is there (hash), 3 what is to be told of it (list), where that is
-- ARGV  1 lifetime (ms)   2 most   3 connection   4 endpoint
-- Returns 1, or 0 where there are as many already.

if redis.call('HEXISTS', KEYS[1], ARGV[3]) == 0 and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[3], ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[1])
if KEYS[2] then occupy(KEYS[2], KEYS[3], 'online') end
return 1
