-- Ends the entering of texts that a connection was subscribed to, and tells which of them are to be entered again.
--
-- KEYS  1 connection (hash)   2 its subscriptions (set)   3 texts it is leaving (hash)   4 texts it is entering (set)
-- ARGV  the texts
-- Returns { 1 where one is not held and there is no record, else 0, then for each text 1 where it is to be entered again,
--   else 0 }: it is not held, and whoever ended it was answered. Who is leaving it still will be answered later, and has
--   its way.

local isHeldWhole = true
local answer = {}
for i, text in ipairs(ARGV) do
  redis.call('SREM', KEYS[4], text)
  local isHeld = redis.call('SISMEMBER', KEYS[2], text) == 1
  isHeldWhole = isHeldWhole and isHeld
  answer[i] = (not isHeld and redis.call('HEXISTS', KEYS[3], text) == 0) and 1 or 0
end
table.insert(answer, 1, (isHeldWhole or redis.call('EXISTS', KEYS[1]) == 1) and 0 or 1)
return answer
