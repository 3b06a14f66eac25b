-- Ends a declaration of what the client of a connection can take, and tells whether it is to be made again.
--
-- KEYS  1 connection (hash)
-- ARGV  1 capabilities   2 version of the declaration
-- Returns 1 where it is: another stands, and whoever made that was answered. Who is making one still will be answered
--   later, and has its way.

local standing, declaring = unpack(redis.call('HMGET', KEYS[1], 'capabilities', 'declaring'))
if declaring == ARGV[2] then
  redis.call('HDEL', KEYS[1], 'declaring')
  declaring = false
end
return (standing and standing ~= ARGV[1] and not declaring) and 1 or 0
