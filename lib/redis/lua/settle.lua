-- Forgets that a connection is leaving texts, unless it began to leave them again.
--
-- KEYS  1 texts it is leaving (hash: text -> version)
-- ARGV  1 version at which it began   then the texts; '' among them for the user of a connection that was left whole

for i = 2, #ARGV do
  local version = redis.call('HGET', KEYS[1], ARGV[i])
  if version and (ARGV[i] == '' or tonumber(version) <= tonumber(ARGV[1])) then redis.call('HDEL', KEYS[1], ARGV[i]) end
end
return 1
