-- Where one history stands. One that does not exist is not made.
--
-- KEYS  1 counters (hash: epoch, offset, timestamp, trimmed, stored)   2 epochs (see foretell.lua)
-- ARGV  1 how many shares the epochs have   2 a name for the epochs where they have none; '' to give them none
-- Returns epoch and offset, of a history that does not exist '' or the epoch it will begin with, and offset 0; and whether it
--         exists.

local counters = redis.call('HMGET', KEYS[1], 'epoch', 'offset')
if counters[1] then return { counters[1], counters[2] or '0', 1 } end
if ARGV[2] ~= '' then redis.call('SET', KEYS[2], ARGV[2], 'NX') end
return { (foretell(KEYS[2], KEYS[1], ARGV[1])), '0', 0 }
