-- Begins a turn of a shard, whoever held the one before.
--
-- KEYS  1 the shard's record (hash: holder, next, last, unknown, set, histories, upTo)   2 the highest fence (number)
-- ARGV  1 the caller's clock (microseconds since 1970)   2 a fence to be above   3 lifetime (ms)
-- Returns the fence, what is unknown, and of what is unfinished: its fence, its histories, up to where it went out;
--       the last three are empty where nothing is.
--
-- The record: `holder` is the fence of the turn that goes on; `last` that of the last turn that was finished, and `next`
-- the one that was begun by finishing it; `set` is the fence of what is being posted. `unknown` are ranges of fences under
-- which somebody may have appended without any record of it: between the last that was heard of here and this one, and
-- where there is no record, all before.

local text = function(number) return string.format('%.0f', number) end
local time = redis.call('TIME')
local now = math.max(tonumber(time[1]) * 1000000 + tonumber(time[2]), tonumber(ARGV[1]))
-- By the clock too, so that fences go on higher where the highest was forgotten.
local fence = math.max(tonumber(redis.call('GET', KEYS[2]) or 0) + 1, tonumber(ARGV[2]) + 1, now)
redis.call('SET', KEYS[2], text(fence), 'PX', ARGV[3])

local record = redis.call('HMGET', KEYS[1], 'last', 'set', 'unknown', 'histories', 'upTo')
local heard = math.max(tonumber(record[1] or -1), tonumber(record[2] or -1))
local ranges, from = {}, text(heard + 1)
for range in string.gmatch(record[3] or '', '%d+%-%d+') do ranges[#ranges + 1] = range end
-- One that was claimed since and did nothing.
if string.match(ranges[#ranges] or '', '^%d+') == from then table.remove(ranges) end
ranges[#ranges + 1] = from .. '-' .. text(fence - 1)
-- The oldest give way: whatever was appended under them came again long ago.
while #ranges > 32 do table.remove(ranges, 1) end
local unknown = table.concat(ranges, ',')

redis.call('HSET', KEYS[1], 'holder', text(fence), 'unknown', unknown)
redis.call('HDEL', KEYS[1], 'next')
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return { text(fence), unknown, record[2] or '', record[4] or '', record[5] or '' }
