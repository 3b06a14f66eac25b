-- Tells what a ticket stands for, once; to whoever asks again under the same name, the same again.
--
-- KEYS  1 ticket (text)   2 to whom it was told (hash: call, content)
-- ARGV  1 name of this call   2 ms that is remembered
-- Returns the content, or nothing.

local call, told = unpack(redis.call('HMGET', KEYS[2], 'call', 'content'))
if call == ARGV[1] then return told end

local content = redis.call('GETDEL', KEYS[1])
if content then
  redis.call('HSET', KEYS[2], 'call', ARGV[1], 'content', content)
  redis.call('PEXPIRE', KEYS[2], ARGV[2])
end
return content
