// A phone in a browser: registers over WebSocket as the page's query says,
// unregisters, and posts what it saw to /result.
import JsSIP from 'jssip';

const query = new URLSearchParams(location.search);
const events = [];

function report(event, detail) {
  events.push({ event, detail: detail || '' });
}

function finish() {
  fetch('/result', { method: 'POST', body: JSON.stringify(events) });
}

const phone = new JsSIP.UA({
  sockets: [new JsSIP.WebSocketInterface(query.get('server'))],
  uri: query.get('uri'),
  password: query.get('password'),
  register: true,
  register_expires: 300,
  session_timers: false,
});
phone.on('connected', () => report('connected'));
phone.on('disconnected', (e) => report('disconnected', e && e.reason));
phone.on('registered', (e) => {
  report('registered', String(e.response.status_code) + ' ' + e.response.getHeader('Contact'));
  fetch('/registered', { method: 'POST' }).then(() => phone.unregister());
});
phone.on('unregistered', (e) => {
  report('unregistered', e && e.response ? String(e.response.status_code) : '');
  finish();
});
phone.on('registrationFailed', (e) => {
  report('registrationFailed', e.cause + ' ' + (e.response ? e.response.status_code : ''));
  finish();
});
phone.start();
