-- Writes what the client of a connection can take.
--
-- KEYS  1 connection (hash)   2 its subscriptions (set)
-- ARGV  1 user   2 endpoint   3 capabilities   4 session   5 lifetime (ms)
-- Returns { version of the change, then the texts it is subscribed to }.
--
-- That it is being declared stands in the record until declared.lua. The rest of it is written only where it was lost: it is for
-- others to change.

local version = nextVersion(KEYS[1])
redis.call('HSETNX', KEYS[1], 'user', ARGV[1])
redis.call('HSETNX', KEYS[1], 'endpoint', ARGV[2])
redis.call('HSETNX', KEYS[1], 'session', ARGV[4])
redis.call('HSET', KEYS[1], 'capabilities', ARGV[3], 'version', version, 'declaring', version)
redis.call('PEXPIRE', KEYS[1], ARGV[5])
redis.call('PEXPIRE', KEYS[2], ARGV[5])
local answer = redis.call('SMEMBERS', KEYS[2])
table.insert(answer, 1, version)
return answer
