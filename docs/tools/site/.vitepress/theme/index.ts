/// <reference types="vite/client" />
// The fonts of the machine: what is looked at on a laptop need not bring its own.
import theme from 'vitepress/theme-without-fonts';
import './style.css';

export default theme;
