// Asks for what there is once a second while somebody looks, and brings the table up to date in place: rows stay the elements that
// they are, so that focus, selection and a screen reader's place survive. All that comes from the emulator becomes text, never HTML.

const everyMs = 1000;
const patienceMs = 10_000;
const byId = id => document.getElementById(id);
const controls = { user: byId('user'), find: byId('find'), revoked: byId('revoked'), exact: byId('exact') };
const rows = new Map();

let view = null;
let tag = null;
let clockAheadMs = 0;
let timer = 0;
let asking = null;

// Elements.

function element(name, className, ...content) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...content);
  return made;
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// Times.

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always', style: 'short' });
const absolute = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
const steps = [['day', 86_400], ['hour', 3_600], ['minute', 60], ['second', 1]];

function ageOf(moment) {
  const seconds = Math.round((moment - (Date.now() + clockAheadMs)) / 1000);
  if (Math.abs(seconds) < 5) return 'just now';
  const [unit, length] = steps.find(([, length]) => Math.abs(seconds) >= length);
  return relative.format(Math.trunc(seconds / length), unit);
}

function setTime(node, iso) {
  if (node.dateTime !== iso) {
    node.dateTime = iso;
    node.title = absolute.format(new Date(iso));
  }
  setText(node, controls.exact.checked ? node.title : ageOf(new Date(iso)));
}

/** A cell that holds a time, or a word where there is none. */
function setTimeOrWord(cell, iso, word) {
  if (!iso) {
    setText(cell, word);
    return;
  }
  if (!(cell.firstElementChild instanceof HTMLTimeElement)) cell.replaceChildren(document.createElement('time'));
  setTime(cell.firstElementChild, iso);
}

function showTimes() {
  for (const node of document.querySelectorAll('time')) setTime(node, node.dateTime);
}

// Clients.

function makeRow(client) {
  const name = element('bdi');
  const heading = element('th', '', name);
  heading.scope = 'row';
  const cells = { owner: element('td', 'owner'), created: element('td'), token: element('td'), state: element('td') };
  const id = element('td', '', element('code', '', client.id));
  const mark = element('div', 'mark');
  heading.append(mark);
  const row = element('tr', '', heading, id, cells.owner, cells.created, cells.token, cells.state);
  row.dataset.id = client.id;
  return { row, name, mark, markText: null, ...cells };
}

function setMark(entry, client) {
  const { mark } = client;
  const text = JSON.stringify([mark, client.isAccountCredential]);
  if (entry.markText === text) return;
  entry.markText = text;
  if (mark) {
    const resource = element('button', '', 'resource ', element('b', '', mark.resource));
    resource.type = 'button';
    resource.title = 'Show all clients of this resource';
    resource.addEventListener('click', () => {
      controls.find.value = mark.resource;
      controls.find.focus();
      changeFilter();
    });
    entry.mark.replaceChildren(
      element('span', '', 'cluster ', element('b', '', mark.cluster)),
      resource,
      element('span', '', 'serial ', element('b', '', String(mark.serial))));
  } else {
    entry.mark.replaceChildren(element('span', '', client.isAccountCredential ? 'made with its user' : 'no mark'));
  }
}

function setState(cell, client) {
  const state = client.revokedAt ? 'revoked' : 'live';
  if (cell.dataset.state !== state) {
    cell.dataset.state = state;
    cell.replaceChildren(element('span', `badge ${state}`, client.revokedAt ? 'Revoked' : 'Live'));
    if (client.revokedAt) cell.append(' ', element('time'));
  }
  if (client.revokedAt) setTime(cell.lastElementChild, client.revokedAt);
}

function showClients(isFirst) {
  // What is gone goes first: then the rows that stay are in order already, and none of them is moved.
  const wanted = new Set(view.clients.map(client => client.id));
  for (const [id, entry] of rows) {
    if (!wanted.has(id)) {
      entry.row.remove();
      rows.delete(id);
    }
  }

  let place = byId('rows').firstElementChild;
  for (const client of view.clients) {
    let entry = rows.get(client.id);
    if (!entry) {
      rows.set(client.id, entry = makeRow(client));
      entry.row.classList.toggle('fresh', !isFirst);
    }
    setText(entry.name, client.displayName || '(no name but the mark)');
    setMark(entry, client);
    setText(entry.owner, client.owner);
    setTimeOrWord(entry.created, client.createdAt);
    setTimeOrWord(entry.token, client.lastTokenAt, 'none yet');
    setState(entry.state, client);
    entry.row.classList.toggle('revoked', Boolean(client.revokedAt));
    if (entry.row === place) place = place.nextElementSibling;
    else byId('rows').insertBefore(entry.row, place);
  }

  const revoked = view.revoked === 0 || controls.revoked.checked ? `${view.revoked} revoked` : `${view.revoked} revoked, not shown`;
  setText(byId('summary'), `${view.live} live, ${revoked}`);
  const asked = view.live + (controls.revoked.checked ? view.revoked : 0);
  byId('clients').hidden = asked === 0;
  byId('empty').hidden = asked !== 0;
  setText(byId('empty'), controls.user.value || controls.find.value.trim() || view.revoked > 0
    ? 'No client is as the filter asks.'
    : 'No clients yet. They show up here the moment somebody creates one.');
  byId('more').hidden = asked <= view.clients.length;
  setText(byId('more'), `The newest ${view.clients.length} of ${asked}. Filter to see others; the admin endpoint lists all.`);
}

function showUsers() {
  const known = new Set([...controls.user.options].map(option => option.value));
  for (const name of view.users) {
    if (!known.has(name)) controls.user.add(new Option(name, name));
  }
}

// Variants and faults.

function showList(id, items, none) {
  const list = byId(id);
  const text = JSON.stringify(items.map(item => item.textContent));
  list.closest('.card').classList.toggle('active', items.length > 0);
  list.hidden = items.length === 0;
  byId(`${id}-none`).hidden = items.length > 0;
  setText(byId(`${id}-none`), none);
  if (list.dataset.text !== text) {
    list.dataset.text = text;
    list.replaceChildren(...items);
  }
}

function variantItem({ name, value, default: usual }) {
  return element('li', '', element('code', '', `${name}: ${value}`), ' ', element('span', 'aside', `instead of ${usual}`));
}

function faultItem(fault) {
  const members = fault.members.map(({ name, value }) => `${name}: ${value}`);
  const aside = [];
  if (fault.user) aside.push(`of ${fault.user} alone`);
  if (fault.left === 1) aside.push('one more call');
  else aside.push(fault.left ? `${fault.left} more calls` : 'every call');
  if (fault.until) aside.push(`until ${absolute.format(new Date(fault.until))}`);
  return element('li', '',
    element('code', '', [`${fault.operation} ${fault.kind}`, ...members].join(', ')), ' ',
    element('span', 'aside', aside.join(', ')));
}

function showView(isFirst) {
  showUsers();
  showClients(isFirst);
  showList('variants', view.variants.map(variantItem), 'All as by default.');
  showList('faults', view.faults.map(faultItem), 'None. Calls are answered as they should be.');
}

// Asking.

function setConnection(state, text) {
  const pill = byId('connection');
  pill.dataset.state = state;
  setText(pill, text);
}

function query() {
  const asked = new URLSearchParams();
  if (controls.user.value) asked.set('user', controls.user.value);
  if (controls.find.value.trim()) asked.set('find', controls.find.value.trim());
  if (!controls.revoked.checked) asked.set('revoked', 'false');
  return asked;
}

async function ask() {
  clearTimeout(timer);
  asking?.abort();
  const mine = asking = new AbortController();
  try {
    const answer = await fetch(`/page/view?${query()}`, {
      cache: 'no-store',
      headers: tag ? { 'If-None-Match': tag } : {},
      signal: AbortSignal.any([mine.signal, AbortSignal.timeout(patienceMs)]),
    });
    const read = answer.status === 304 ? view : await answer.json();
    if (mine !== asking) return;
    if (!answer.ok && answer.status !== 304) throw new Error(read.error);
    clockAheadMs = new Date(answer.headers.get('Emulator-Time')) - Date.now();
    if (read !== view) {
      const isFirst = tag === null;
      tag = answer.headers.get('ETag');
      view = read;
      showView(isFirst);
    }
    setConnection('live', 'Live');
  } catch (error) {
    if (mine !== asking) return;
    setConnection('lost', `No answer${error.name === 'Error' ? `: ${error.message}` : ''}. Trying again`);
  }
  showTimes();
  if (!document.hidden) timer = setTimeout(ask, everyMs);
}

function changeFilter() {
  const asked = query();
  history.replaceState(null, '', asked.size ? `?${asked}` : location.pathname);
  tag = null;
  ask();
}

const given = new URLSearchParams(location.search);
if (given.has('user')) {
  controls.user.add(new Option(given.get('user'), given.get('user')));
  controls.user.value = given.get('user');
}
controls.find.value = given.get('find') ?? '';
controls.revoked.checked = given.get('revoked') !== 'false';
controls.user.addEventListener('change', changeFilter);
controls.find.addEventListener('input', changeFilter);
controls.revoked.addEventListener('change', changeFilter);
controls.exact.addEventListener('change', showTimes);
byId('filter').addEventListener('submit', event => event.preventDefault());
document.addEventListener('visibilitychange', () => document.hidden || ask());
ask();
