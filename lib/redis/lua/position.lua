-- Where one history stands.
--
-- KEYS  1 counters (hash: epoch, offset, timestamp, trimmed)
-- ARGV  1 epoch to begin with if there is none, or '' to begin none   2 lifetime (ms)
-- Returns epoch and offset; nothing where there is no history.

if ARGV[1] ~= '' then
  redis.call('HSETNX', KEYS[1], 'epoch', ARGV[1])
  for _, mode in ipairs({ 'GT', 'NX' }) do redis.call('PEXPIRE', KEYS[1], ARGV[2], mode) end
end
local counters = redis.call('HMGET', KEYS[1], 'epoch', 'offset')
if not counters[1] then return {} end
return { counters[1], counters[2] or '0' }
