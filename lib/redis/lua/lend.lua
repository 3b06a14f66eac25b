-- Leases a consumer to one caller.
--
-- KEYS  1 the consumer   2 the user's consumers (see appoint.lua)
-- ARGV  1 name   2 lifetime (ms)   3 caller   4 duration of the lease (ms)
-- Returns nothing where there is no such consumer; the ms that another's lease goes on; else fence, patterns, cursor.

local known = redis.call('HMGET', KEYS[1], 'until', 'caller', 'fence', 'patterns', 'cursor')
if not known[4] then return {} end
local now = milliseconds()
local left = tonumber(known[1] or '0') - now
local isOwn = known[2] == ARGV[3]
if left > 0 and not isOwn then return { left } end
-- Asked again, for its answer was lost.
local fence = isOwn and known[3] or nextFence(KEYS[1])
redis.call('HSET', KEYS[1], 'fence', fence, 'until', now + tonumber(ARGV[4]), 'caller', ARGV[3])
redis.call('HDEL', KEYS[1], 'offered')
used(KEYS[1], KEYS[2], ARGV[1], ARGV[2])
return { fence, known[4], known[5] }
