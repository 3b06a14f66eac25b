-- Takes members that functions of before noted into the index by name.
--
-- KEYS  as of note.lua
-- ARGV  members, a thousand at most
-- Returns nothing.

local times = redis.call('ZMSCORE', KEYS[1], unpack(ARGV))
for i, name in ipairs(ARGV) do
  if times[i] then
    redis.call('ZADD', KEYS[2], 'GT', times[i], name)
    redis.call('ZADD', KEYS[3], 0, sortable(name))
  end
end
local left = redis.call('PTTL', KEYS[1])
if left > 0 then
  for i = 2, 3 do
    if redis.call('PEXPIRE', KEYS[i], left, 'GT') == 0 then redis.call('PEXPIRE', KEYS[i], left, 'NX') end
  end
end
