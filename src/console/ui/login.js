import { post } from './api.js';

const form = document.querySelector('#login');
const problem = document.querySelector('#problem');

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const button = form.querySelector('button');
  button.disabled = true;
  problem.hidden = true;
  try {
    const { username, password } = Object.fromEntries(new FormData(form));
    await post('/login', { username, password });
    location.replace(wherever());
  } catch (error) {
    problem.textContent = error.message;
    problem.hidden = false;
    form.elements.password.select();
    form.elements.password.focus();
  } finally {
    button.disabled = false;
  }
});

/** Only pages of ours: `next` comes from the address bar, where anybody may have put it. */
function wherever() {
  const next = new URLSearchParams(location.search).get('next') ?? '/';
  if (!URL.canParse(next, location.origin)) return '/';
  const target = new URL(next, location.origin);
  return target.origin === location.origin ? target.pathname + target.search : '/';
}
