-- Moves the cursor of a consumer to where it was offered, and ends the lease.
--
-- KEYS  1 the consumer   2 the user's consumers (see appoint.lua)
-- ARGV  1 name   2 lifetime (ms)   3 fence   4 how many fences that were acknowledged are remembered
-- Returns 1; 0 where the lease is another's, or nothing was offered under it.
--
-- Those remembered stand in `acknowledged` with commas between them, the latest first.

local known = redis.call('HMGET', KEYS[1], 'fence', 'offered', 'acknowledged')
local remembered = { ARGV[3] }
for fence in string.gmatch(known[3] or '', '%d+') do
  -- Asked again: others may have had the lease since, who went on from there.
  if fence == ARGV[3] then return 1 end
  if #remembered < tonumber(ARGV[4]) then remembered[#remembered + 1] = fence end
end
if known[1] ~= ARGV[3] or not known[2] then return 0 end
-- Under another fence, so that an offer which was sent before and arrives late leases it to nobody.
redis.call('HSET', KEYS[1], 'cursor', known[2], 'until', 0, 'acknowledged', table.concat(remembered, ','),
  'fence', nextFence(KEYS[1]))
redis.call('HDEL', KEYS[1], 'offered', 'caller')
used(KEYS[1], KEYS[2], ARGV[1], ARGV[2])
return 1
