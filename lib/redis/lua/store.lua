-- Stores data that several histories share, or stores it for longer.
--
-- KEYS  1 the data (text), named by what it holds
-- ARGV  1 the data   2 lifetime (ms)
-- Returns 1.

-- An expiry is only ever lengthened: others may have been promised more.
if redis.call('PEXPIRE', KEYS[1], ARGV[2], 'GT') == 0 and redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
return 1
