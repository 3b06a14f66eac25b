/** The framework takes plugins of this folder alone. */
export { default } from '../../localstack/plugins/posts.ts';
