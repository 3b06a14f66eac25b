-- Puts a piece of a message to the others, and hands out the message once it is whole.
--
-- KEYS  1 messages under way (hash: id -> 'total received bytes deadline')   2 their pieces (hash: 'index:id' -> text; 'began:id' -> when
--         the first came, ms since 1970)
--       3 answers by which a message went (hash: name of the call -> answer)
-- ARGV  1 id   2 index   3 total   4 text   5 ms an unfinished message is held
--       6 most bytes of a message   7 most bytes under way   8 most messages under way   9 bytes of the piece
--       10 name of this call   11 ms its answer is kept   12 ms an unfinished message is held at the most
-- Returns { 'whole', piece 0, piece 1, ... }, or { 'incomplete' }, { 'other-total' }, { 'too-large' }, { 'too-many' }.
--
-- A call whose answer was lost is sent again, under its name. What it ended is gone by then, so that answer is kept until
-- its caller has it. All the others are the same the second time.

local known = redis.call('HGET', KEYS[3], ARGV[10])
if known then return cmsgpack.unpack(known) end

local id, index, total, text, size = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[9])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local place = function(i, of) return string.format('%d:', i) .. of end

local forget = function(of, pieces)
  for i = 0, pieces - 1 do redis.call('HDEL', KEYS[2], place(i, of)) end
  redis.call('HDEL', KEYS[1], of)
  redis.call('HDEL', KEYS[2], 'began:' .. of)
end

local ended = function(answer)
  -- Callers take their answers away; those that did not would be many only where every one of them failed to.
  if redis.call('HLEN', KEYS[3]) >= tonumber(ARGV[8]) then redis.call('DEL', KEYS[3]) end
  redis.call('HSET', KEYS[3], ARGV[10], cmsgpack.pack(answer))
  redis.call('PEXPIRE', KEYS[3], ARGV[11])
  return answer
end

local held, messages, received, bytes = 0, 0, 0, 0
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local of, pieces, came, bulk, deadline = all[i], string.match(all[i + 1], '^(%d+) (%d+) (%d+) (%d+)$')
  if tonumber(deadline) < now then
    forget(of, tonumber(pieces))
  else
    held, messages = held + tonumber(bulk), messages + 1
    if of == id then
      if tonumber(pieces) ~= total then return { 'other-total' } end
      received, bytes = tonumber(came), tonumber(bulk)
    end
  end
end

-- A piece that came before: sent again by a client that did not know.
if redis.call('HEXISTS', KEYS[2], place(index, id)) == 1 then return { 'incomplete' } end
if bytes + size > tonumber(ARGV[6]) then
  forget(id, total)
  return ended({ 'too-large' })
end
if held + size > tonumber(ARGV[7]) or (received == 0 and messages >= tonumber(ARGV[8])) then return { 'too-many' } end

received, bytes = received + 1, bytes + size
redis.call('HSET', KEYS[2], place(index, id), text)
if received < total then
  local began = tonumber(redis.call('HGET', KEYS[2], 'began:' .. id) or now)
  if began == now then redis.call('HSET', KEYS[2], 'began:' .. id, string.format('%.0f', now)) end
  local deadline = math.min(now + tonumber(ARGV[5]), began + tonumber(ARGV[12]))
  redis.call('HSET', KEYS[1], id, string.format('%d %d %d %.0f', total, received, bytes, deadline))
  redis.call('PEXPIRE', KEYS[1], ARGV[5])
  redis.call('PEXPIRE', KEYS[2], ARGV[5])
  return { 'incomplete' }
end

local answer = { 'whole' }
for i = 0, total - 1 do answer[#answer + 1] = redis.call('HGET', KEYS[2], place(i, id)) end
forget(id, total)
return ended(answer)
