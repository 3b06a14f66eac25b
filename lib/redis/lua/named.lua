-- Active members in the order of their names.
--
-- KEYS  as of note.lua
-- ARGV  1 from when on a member counts as active (ms since 1970)
--       2 and 3 from which name to which, as ZRANGEBYLEX takes them   4 most names looked at   5 1 if all are learnt, else 0
-- Returns { 'unlearnt' } where functions of before noted some that are not in the index by name;
--       { 'few' } where so few are active that it is less work to take all of them by time;
--       else { 'names', the last name looked at, or '' where there is none behind it, then members }.
--
-- The second set says no later time of a member than the first, and nothing is taken from either that is active. So where
-- as many are active by the one as by the other, they are the same.

local since, most = ARGV[1], tonumber(ARGV[4])
local active = redis.call('ZCOUNT', KEYS[2], since, '+inf')
if ARGV[5] == '0' and redis.call('ZCOUNT', KEYS[1], since, '+inf') ~= active then return { 'unlearnt' } end
if active == 0 then return { 'names', '' } end

local low, high = sortable(ARGV[2]), sortable(ARGV[3])
-- Of so many names, each page of active ones has to be looked for among as many as there are for each of them.
local count = redis.call('ZLEXCOUNT', KEYS[3], low, high)
if count > most and active * active <= most * count then return { 'few' } end

local names = redis.call('ZRANGEBYLEX', KEYS[3], low, high, 'LIMIT', 0, most)
if #names == 0 then return { 'names', '' } end
for i, name in ipairs(names) do names[i] = named(name) end
local times = redis.call('ZMSCORE', KEYS[2], unpack(names))
local answer = { 'names', #names < most and '' or names[#names] }
since = tonumber(since)
for i, name in ipairs(names) do
  if times[i] and tonumber(times[i]) >= since then answer[#answer + 1] = name end
end
return answer
