-- Forgets that a connection is leaving texts, unless it began to leave them again, and looks which of them it holds: nothing
-- comes between the two.
--
-- KEYS  1 texts it is leaving (hash: text -> version)   2 its subscriptions (set)
-- ARGV  1 version at which it began   then the texts; '' among them for the user of a connection that was left whole
-- Returns for each text 1 where it is held, else 0.

local answer = {}
for i = 2, #ARGV do
  local version = redis.call('HGET', KEYS[1], ARGV[i])
  if version and (ARGV[i] == '' or tonumber(version) <= tonumber(ARGV[1])) then redis.call('HDEL', KEYS[1], ARGV[i]) end
  answer[i - 1] = redis.call('SISMEMBER', KEYS[2], ARGV[i])
end
return answer
