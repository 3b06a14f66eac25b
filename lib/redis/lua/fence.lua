-- Closes one history to turns before this one, and says what the shard's latest turn appended there.
--
-- KEYS  1 counters (hash: epoch, offset, fence, s:{shard}, …: see append.lua)
-- ARGV  1 shard   2 fence   3 lifetime of the counters (ms)
-- Returns nothing but the higher fence where there is one; else 1, and where the shard appended here: epoch, fence, the
--       offset before and the last one.

local counters = redis.call('HMGET', KEYS[1], 'epoch', 'fence', 's:' .. ARGV[1])
if tonumber(counters[2] or 0) > tonumber(ARGV[2]) then return { false, counters[2] } end
redis.call('HSET', KEYS[1], 'fence', ARGV[2])
-- There may be no history yet; then one that is frozen may be about to begin it.
redis.call('PEXPIRE', KEYS[1], ARGV[3], 'NX')

local fence, before, last = string.match(counters[3] or '', '^(%d+):(%d+):(%d+)$')
if not fence or not counters[1] then return { 1 } end
return { 1, counters[1], fence, before, last }
