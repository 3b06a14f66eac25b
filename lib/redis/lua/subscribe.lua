-- Adds to a connection's own list of subscriptions, whole or not at all. Its texts stand among those it is entering until
-- they are confirmed.
--
-- KEYS  1 connection (hash)   2 its subscriptions (set)   3 texts it is entering (set)
--       4 what is to be told of it (list), where that is
-- ARGV  1 user   2 endpoint   3 capabilities   4 session   5 lifetime (ms)   6 most subscriptions   then the texts
-- Returns { '', version of the change, capabilities of the connection, the texts that were added... }, or what kept it from adding any: { 'too-many' }
-- where the list would grow beyond the most, { 'other-session' } where the connection was given another session than the
-- one this was allowed under, or is another user's.
--
-- The record is written again too: it may have been lost, and the list must never outlive it.

local user, session = unpack(redis.call('HMGET', KEYS[1], 'user', 'session'))
if (user and user ~= ARGV[1]) or (session and session ~= ARGV[4]) then return { 'other-session' } end

local new = {}
for i = 7, #ARGV do
  if redis.call('SISMEMBER', KEYS[2], ARGV[i]) == 0 then new[#new + 1] = ARGV[i] end
end
if redis.call('SCARD', KEYS[2]) + #new > tonumber(ARGV[6]) then return { 'too-many' } end

local version = nextVersion(KEYS[1])
redis.call('HSET', KEYS[1], 'user', ARGV[1], 'endpoint', ARGV[2], 'session', ARGV[4], 'version', version)
redis.call('HSETNX', KEYS[1], 'capabilities', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
for i = 7, #ARGV do
  redis.call('SADD', KEYS[2], ARGV[i])
  redis.call('SADD', KEYS[3], ARGV[i])
end
redis.call('PEXPIRE', KEYS[2], ARGV[5])
redis.call('PEXPIRE', KEYS[3], ARGV[5])
if KEYS[4] then
  local told = public(new)
  if #told > 0 then tell(KEYS[4], 'subscribed', version, { user = ARGV[1], texts = told }) end
end
return { '', version, redis.call('HGET', KEYS[1], 'capabilities'), unpack(new) }
