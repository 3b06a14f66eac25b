-- Begins the end of a connection: its record goes, and its list of subscriptions becomes that of texts it is leaving, so
-- that whoever still adds to its listeners finds that it holds nothing.
--
-- KEYS  1 connection (hash)   2 its subscriptions (set)   3 texts it is leaving (hash: text -> version; '' -> its user)
--       4 the same as earlier versions of the service wrote it (set)   5 texts it is entering (set)
--       6 what is to be told of it (list), where that is
-- ARGV  1 lifetime of what it is leaving (ms)   2 why it ends, where nobody said so before
-- Returns { version of the change, user or '', then the texts }; also those of earlier calls that did not come to their end.

local version = nextVersion(KEYS[1])
local user = redis.call('HGET', KEYS[1], 'user')
if user then redis.call('HSET', KEYS[3], '', user) end
if KEYS[6] and user and redis.call('HEXISTS', KEYS[1], 'opened') == 1 then
  tell(KEYS[6], 'closed', version, { user = user, reason = redis.call('HGET', KEYS[1], 'reason') or ARGV[2] })
end
for _, texts in ipairs({ redis.call('SMEMBERS', KEYS[2]), redis.call('SMEMBERS', KEYS[4]), redis.call('HKEYS', KEYS[3]) }) do
  for _, text in ipairs(texts) do
    if text ~= '' then redis.call('HSET', KEYS[3], text, version) end
  end
end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[4], KEYS[5])
redis.call('PEXPIRE', KEYS[3], ARGV[1])

local answer = { version, redis.call('HGET', KEYS[3], '') or '' }
for _, text in ipairs(redis.call('HKEYS', KEYS[3])) do
  if text ~= '' then answer[#answer + 1] = text end
end
return answer
