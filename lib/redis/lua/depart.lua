-- Takes a connection from those of its user, and notes where it was the last.
--
-- KEYS  1 connections of the user (hash)   2 whether any is there (hash)
-- ARGV  1 connection
-- Returns 1.

redis.call('HDEL', KEYS[1], ARGV[1])
if redis.call('EXISTS', KEYS[1]) == 0 then abandon(KEYS[2]) end
return 1
