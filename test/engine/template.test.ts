import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { renderValue, Trusted, variablesOf } from '../../src/engine/template.ts';

const scope = {
  Event: { Title: 'Disk *full* on @db', URL: 'https://pd.example/i/1', Vendor: { region: 'eu', tags: ['a', 'b'] } },
  Action: { Room: { ChannelName: new Trusted('inc_7') }, OnCall: { Users: [{ Name: 'Ada', Email: 'ada@example.test' }] } },
  Instance: { Number: 7 },
};
const md = (text: string) => renderValue(text, 'markdown', scope);
const text = (template: string) => renderValue(template, 'text', scope);

describe('renderValue', () => {
  it.each([
    ['{{.Event.Title}}', 'Disk *full* on @db'],
    ['{{ .Event.Title }}', 'Disk *full* on @db'],
    ['{{Event.Title}}', 'Disk *full* on @db'],
    ['INC {{.Instance.Number}}: {{.Event.Title}}', 'INC 7: Disk *full* on @db'],
    ['{{.Event.Title | upcase}}', 'DISK *FULL* ON @DB'],
    ['{{.Event.Vendor.region}}-{{.Event.Vendor.nothing}}', 'eu-'],
    ['no template', 'no template'],
    ['{{.Instance.Number}}', '7'],
  ])('renders %s', (template, expected) => {
    expect(text(template)).toBe(expected);
  });

  it('escapes values from outside in markdown, and only there', () => {
    expect(md('**{{.Event.Title}}**')).toBe('**Disk \\*full\\* on @\u200bdb**');
  });

  it('leaves URLs and values of our own making whole in markdown', () => {
    expect(md('[PD]({{.Event.URL}}) ~{{.Action.Room.ChannelName}}')).toBe('[PD](https://pd.example/i/1) ~inc_7');
  });

  it('takes a value of our own for any other text once a filter has touched it', () => {
    expect(md('x {{.Action.Room.ChannelName | append: "*"}}')).toBe('x inc\\_7\\*');
  });

  it('keeps the type of a value that is the whole text', () => {
    expect(text('{{.Action.OnCall.Users}}')).toEqual([{ Name: 'Ada', Email: 'ada@example.test' }]);
    expect(text(' {{ .Event.Vendor }} ')).toEqual({ region: 'eu', tags: ['a', 'b'] });
  });

  it('splices a list into the list around it', () => {
    expect(renderValue(['{{.Action.OnCall.Users}}', 'kathy', '{{.Event.Vendor.tags}}'], 'text', scope)).toEqual([
      { Name: 'Ada', Email: 'ada@example.test' },
      'kathy',
      'a',
      'b',
    ]);
  });

  it('renders the members of groups, and leaves numbers and booleans alone', () => {
    expect(renderValue({ a: '{{.Event.Vendor.region}}', b: [1, true], c: null }, 'text', scope)).toEqual({
      a: 'eu',
      b: [1, true],
      c: null,
    });
  });

  it('renders nothing in a field that takes no templates', () => {
    expect(renderValue('{{.Event.Title}}', 'none', scope)).toBe('{{.Event.Title}}');
  });

  it('never takes a value for a template', () => {
    const hostile = { Event: { Title: '{{.Secret}} {% raw %}' }, Secret: 'canary' };
    expect(renderValue('> {{.Event.Title}}', 'text', hostile)).toBe('> {{.Secret}} {% raw %}');
    expect(renderValue('{{.Event.Title}}', 'text', hostile)).toBe('{{.Secret}} {% raw %}');
  });

  it.each([
    '{{constructor}}',
    '{{__proto__}}',
    '{{.Event.constructor}}',
    '{{.Event.__proto__.polluted}}',
    '{{.Event.Vendor.constructor.name}}',
    '{{.Event.Title.length.constructor}}',
    '{{.Event.Vendor.tags.map}}',
    '{{toString}}',
  ])('finds nothing behind %s', (template) => {
    expect(text(`<${template}>`)).toBe('<>');
  });

  it.each(['{{.Event.Title | raw}}', '{{.Event.Title | nosuch}}'])('refuses the filter in %s', (template) => {
    expect(() => md(`x ${template}`)).toThrow(/undefined filter/);
    expect(() => variablesOf(template)).toThrow(/undefined filter/);
  });

  it('escapes what the json filter makes', () => {
    expect(md('x {{.Event.Title | json}}')).toBe('x "Disk \\*full\\* on @\u200bdb"');
  });

  it.each([
    [
      'a huge text',
      '{{.E | replace: "a", "aaaaaaaaaaaaaaaaaaaa" | replace: "a", "aaaaaaaaaaaaaaaaaaaa" | replace: "a", "aaaaaaaaaaaaaaaaaaaa"}}',
    ],
    ['deep nesting', `${'{{'.repeat(3000)}.E${'}}'.repeat(3000)}`],
    ['a template longer than the limit', `x{{.E}}${' '.repeat(30_000)}`],
  ])('stops at its limits: %s', (_what, template) => {
    const startedAt = performance.now();
    expect(() => renderValue(`x${template}`, 'text', { E: 'a'.repeat(1000) })).toThrow();
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });

  it('cuts a value from outside to 1000 characters in markdown', () => {
    expect(String(renderValue('x{{.E}}', 'markdown', { E: 'é'.repeat(5000) }))).toHaveLength(1001);
  });

  it('never throws and never leaks on any value, whatever its type', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const rendered = renderValue('<{{.V}}>', 'markdown', { V: value });
        expect(typeof rendered).toBe('string');
      }),
    );
  });
});

describe('variablesOf', () => {
  it('lists what a template names, filters’ arguments included', () => {
    const paths = variablesOf('{{.Event.Title | append: .Foo}} {{.Action["Card"].URL}}').map((one) => one.path.join('.'));
    expect(paths.sort()).toEqual(['Action.Card.URL', 'Event.Title', 'Foo']);
  });

  it('finds none in plain text', () => {
    expect(variablesOf('50 % of { } braces')).toEqual([]);
  });

  it.each(['{% for x in y %}{% endfor %}', '{% include "f" %}', '{% raw %}x{% endraw %}', '{{', '{{ . }'])('refuses %s', (template) => {
    expect(() => variablesOf(template)).toThrow();
  });
});
