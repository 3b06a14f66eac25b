-- What changed in the registry since a reader last looked, or that this cannot be told. Then all of it is read, in steps, and
-- after that what changed meanwhile.
--
-- KEYS  1 registry (hash)   2 change log (stream)
-- ARGV  1 the reader's generation   2 place of the last log entry the reader has taken in
-- Returns { generation, place to continue from, 'changes', '+', entry, '-', entry, ... }
--      or { generation, place to continue from, 'all' }.
--
-- A place is the id of an entry with the name of the call that made it. Where a replica lacks the latest entries, and the
-- clock was set back, others get their ids.

local generation = redis.call('HGET', KEYS[1], '#generation') or ''
local function placeOf(change) return change[1] .. ':' .. (change[2][4] or '') end
local newest = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)
local last = newest[1] and placeOf(newest[1]) or '0-0'

if generation == ARGV[1] then
  if last == ARGV[2] then return { generation, last, 'changes' } end
  -- The log reaches back far enough only if the entry the reader stopped at is still in it.
  local changes = redis.call('XRANGE', KEYS[2], string.match(ARGV[2], '^[^:]*'), '+')
  if changes[1] and placeOf(changes[1]) == ARGV[2] then
    local answer = { generation, last, 'changes' }
    for i = 2, #changes do
      answer[#answer + 1], answer[#answer + 2] = changes[i][2][1], changes[i][2][2]
    end
    return answer
  end
end

return { generation, last, 'all' }
