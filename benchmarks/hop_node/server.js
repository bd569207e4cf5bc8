'use strict';
// The product's complaint menu, built with ussd-menu-builder as its README shows, on Express.
// hop.py tells where a screen differs from the product's. Port: the first argument.
const express = require('express');
const UssdMenu = require('ussd-menu-builder');

const PLACES = {
  '*149*50#': 'Huduma kwa Mteja',
  '*149*51#': 'Mkoa wa Morogoro',
  '*149*52#': 'Halmashauri ya Sengerema',
  '*149*53#': 'Halmashauri ya Kilosa',
  '*149*54#': 'Utumishi',
};
const MAIN = `1. Toa kero au lalamiko
2. Fuatilia lalamiko
3. Nipigiwe simu
4. Maoni, pongezi, swali
5. Haki zako, English`;
const KINDS = `Unataka kutoa nini?
1. Maoni au ushauri
2. Pongezi
3. Swali
0. Rudi`;
const OFFICES = `Unalalamikia ofisi gani?
1. Halmashauri Kilosa
2. Halmashauri Sengerema
3. Mkoa Morogoro
4. Utumishi
8. Sijui
0. Rudi`;
const TOPICS = `Linahusu nini?
1. Maji
2. Ardhi
3. Afya
4. Shule
5. Barabara
8. Sijui
9. Mengine
0. Rudi`;
const MORE_TOPICS = `Linahusu nini?
1. Mtumishi (lugha, uzembe)
2. Kilimo, mifugo
3. Kodi, leseni, vibali
4. Mshahara, mafao
5. Rushwa
8. Sijui
0. Rudi`;
const SECRECY = `Taarifa zako ni siri. Jina lako lifichwe kwa unayemlalamikia?
1. Ndiyo, lifichwe
2. Hapana, lijulikane
3. Sitaki kujulikana
0. Rudi`;
const WORDS = 'Eleza: nini, wapi, lini. Mfano: Kisima cha Dumila kimeharibika tangu Juni. ' +
  'Au jibu 1 tukupigie simu.';

function build(name, shared) {
  const menu = new UssdMenu();
  const all = (state, keys) => Object.fromEntries([...keys].map((key) => [key, state]));
  const screen = (state, text, next) => {
    menu.state(state, { run: () => menu.con(text), next, defaultNext: `${state}.invalid` });
    menu.state(`${state}.invalid`, {
      run: () => menu.con(`Chaguo hilo si sahihi.\n${text}`),
      next,
    });
  };
  const first = shared ? 'offices' : 'topics';
  screen(UssdMenu.START_STATE, `Karibu ${name}\n${MAIN}`, { 1: first, 4: 'kinds' });
  screen('kinds', KINDS, { 0: UssdMenu.START_STATE });
  screen('offices', OFFICES, { ...all('topics', '12348'), 0: UssdMenu.START_STATE });
  screen('topics', TOPICS, {
    ...all('secrecy', '123458'),
    9: 'more_topics',
    0: shared ? 'offices' : UssdMenu.START_STATE,
  });
  screen('more_topics', MORE_TOPICS, { ...all('secrecy', '123458'), 0: 'topics' });
  screen('secrecy', SECRECY, { ...all('words', '12'), 0: 'topics' });
  screen('words', WORDS, {});
  return menu;
}

const menus = Object.fromEntries(
  Object.entries(PLACES).map(([code, name]) => [code, build(name, code === '*149*50#')]),
);
const app = express();
app.use(express.urlencoded({ extended: false }));
app.post('/hooks/africastalking/:secret/ussd', (req, res) => {
  menus[req.body.serviceCode].run(req.body, (screen) => {
    res.type('text/plain').send(screen);
  });
});
app.listen(Number(process.argv[2]), '127.0.0.1');
