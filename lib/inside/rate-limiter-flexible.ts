/**
 * What is used of the inside of rate-limiter-flexible, as 11.4 has it: the files of three of its classes. Its index brings
 * limiters in a dozen other stores.
 */
export { default as RateLimiterMemory } from 'rate-limiter-flexible/lib/RateLimiterMemory.js';
export { default as RateLimiterRedis } from 'rate-limiter-flexible/lib/RateLimiterRedis.js';
export { default as RateLimiterRes } from 'rate-limiter-flexible/lib/RateLimiterRes.js';
