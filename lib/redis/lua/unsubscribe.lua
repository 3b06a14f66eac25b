-- Takes texts from a connection's own list of subscriptions. Where they were held they stand among those it is leaving
-- until they are settled, so that whoever cleans up finds all whose listeners may be there.
--
-- KEYS  1 connection (hash)   2 its subscriptions (set)   3 texts it is leaving (hash: text -> version)
--       4 texts it is entering (set)   5 what is to be told of it (list), where that is
-- ARGV  1 lifetime (ms)   then the texts
-- Returns { version of the change, then for each text 1 where it was held or is being left, else 0 }.

local version = nextVersion(KEYS[1])
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSET', KEYS[1], 'version', version) end

local answer, ended = { version }, {}
for i = 2, #ARGV do
  local text = ARGV[i]
  local wasHeld = redis.call('SREM', KEYS[2], text)
  if wasHeld == 1 then ended[#ended + 1] = text end
  answer[i] = math.max(wasHeld, redis.call('HEXISTS', KEYS[3], text))
  redis.call('SREM', KEYS[4], text)
  if answer[i] == 1 then redis.call('HSET', KEYS[3], text, version) end
end
redis.call('PEXPIRE', KEYS[3], ARGV[1])
if KEYS[5] then
  local told = public(ended)
  local user = redis.call('HGET', KEYS[1], 'user') or nil
  if #told > 0 then tell(KEYS[5], 'unsubscribed', version, { user = user, texts = told }) end
end
return answer
