-- Forgets that a connection is leaving texts, unless it began to leave them again, and tells which of them are to be left
-- again: nothing comes between the two.
--
-- KEYS  1 texts it is leaving (hash: text -> version)   2 its subscriptions (set)   3 texts it is entering (set)
-- ARGV  1 version at which it began   then the texts; '' among them for the user of a connection that was left whole
-- Returns for each text 1 where it is to be left again, else 0: it is held, and whoever entered it was answered. Who is
--   entering it still will be answered later, and has its way.

local answer = {}
for i = 2, #ARGV do
  local version = redis.call('HGET', KEYS[1], ARGV[i])
  if version and (ARGV[i] == '' or tonumber(version) <= tonumber(ARGV[1])) then redis.call('HDEL', KEYS[1], ARGV[i]) end
  local isEntering = redis.call('SISMEMBER', KEYS[3], ARGV[i]) == 1
  answer[i - 1] = isEntering and 0 or redis.call('SISMEMBER', KEYS[2], ARGV[i])
end
return answer
