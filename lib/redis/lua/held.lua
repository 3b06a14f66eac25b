-- What a connection holds or is leaving, at one version.
--
-- KEYS  1 connection (hash)   2 its subscriptions (set)   3 texts it is leaving (hash: text -> version)
-- Returns { version, or '' where there is none, then texts, each once or twice }.

local answer = { redis.call('HGET', KEYS[1], 'version') or '' }
for _, text in ipairs(redis.call('SMEMBERS', KEYS[2])) do answer[#answer + 1] = text end
for _, text in ipairs(redis.call('HKEYS', KEYS[3])) do answer[#answer + 1] = text end
return answer
