-- Gives a connection another session, and ends subscriptions that it does not allow.
--
-- KEYS  1 connection (hash)   2 its subscriptions (set)   3 texts it is leaving (hash: text -> version)
--       4 what is to be told of it (list), where that is
-- ARGV  1 name of this call   2 user   3 endpoint   4 capabilities   5 session it was asked for under   6 the other session
--       7 lifetime (ms)   8 version at which the subscriptions were read, or ''   then those to end
-- Returns { 'renewed', version of the change, 1 where there was no record else 0 }, { 'changed' } where the subscriptions may be others than were read, or
-- { 'other-session' } where the connection was given another one meanwhile.

local user, session, known, last = unpack(redis.call('HMGET', KEYS[1], 'user', 'session', 'version', 'renewed'))
-- Sent again, for its answer was lost.
if last == ARGV[1] then return { 'renewed', known, 1 } end
if (user and user ~= ARGV[2]) or (session and session ~= ARGV[5]) then return { 'other-session' } end
if (known or '') ~= ARGV[8] then return { 'changed' } end

local version = nextVersion(KEYS[1])
redis.call('HSET', KEYS[1], 'user', ARGV[2], 'session', ARGV[6], 'version', version, 'renewed', ARGV[1])
redis.call('HSETNX', KEYS[1], 'endpoint', ARGV[3])
redis.call('HSETNX', KEYS[1], 'capabilities', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[7])
redis.call('PEXPIRE', KEYS[2], ARGV[7])
local ended = {}
for i = 9, #ARGV do
  if redis.call('SREM', KEYS[2], ARGV[i]) == 1 then ended[#ended + 1] = ARGV[i] end
  redis.call('HSET', KEYS[3], ARGV[i], version)
end
redis.call('PEXPIRE', KEYS[3], ARGV[7])
if KEYS[4] then
  local told = public(ended)
  if #told > 0 then tell(KEYS[4], 'unsubscribed', version, { user = ARGV[2], texts = told }) end
end
return { 'renewed', version, user and 0 or 1 }
