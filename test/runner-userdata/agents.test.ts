/** Every agent and every platform has what boot.sh lists. */
import { describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { type Agent, agentSettings } from '../../runner-userdata/linux/agents/agents.ts';
import { renderScript } from '../../runner-userdata/linux/render.ts';
import { PLATFORM_NAMES, PLATFORMS } from '../../runner-userdata/platforms.ts';
import { OPTIONS } from './machine.ts';

const LINUX = join(__dirname, '../../runner-userdata/linux');
const GITLAB = { source: 'gitlab', url: 'https://gitlab.example.com' } as const;
const AGENTS: readonly Agent[] = [
  OPTIONS.agent,
  { ...GITLAB, executor: 'docker' },
  { ...GITLAB, executor: 'shell' },
  { source: 'github', gitHubUrl: 'https://github.com' },
];

const AGENT_FUNCTIONS = [
  'fetch_credential',
  'install_agent',
  'write_agent_config',
  'prepare_tasks',
  'as_task',
  'agent_command',
  'agent_unit_settings',
  'prove_agent',
  'idle_watch',
];
const AGENT_CONSTANTS = [
  'AGENT_NAME',
  'AGENT_CONFIG',
  'AGENT_STOP_SIGNAL',
  'JOB_USER',
  'JOB_HOME',
  'OTHER_AGENTS',
];

/** Runs bash with the definitions of a script; no command can be found. */
function withDefinitions(script: string, then: string): string {
  const definitions = script.replace(/^case \$\{1[^]*$/m, '');
  return execFileSync('/bin/bash', ['--norc', '-c', 'eval "$0"; eval "$1"', definitions, then], {
    encoding: 'utf8',
    env: { PATH: '/nonexistent' },
  });
}

const NAMED = AGENTS.map(
  (agent) =>
    [agent.source === 'gitlab' ? `gitlab, ${agent.executor}` : agent.source, agent] as const,
);

describe.each(NAMED)('the agent %s', (_, agent) => {
  const script = renderScript({ ...OPTIONS, agent });

  test.each(AGENT_FUNCTIONS)('has the function %s, in its own files', (name) => {
    const files = agentSettings(agent).files.map((file) => readFileSync(join(LINUX, file), 'utf8'));
    expect(files.join('\n')).toContain(`\n${name}() {\n`);
    expect(withDefinitions(script, `declare -F ${name}`)).toBe(`${name}\n`);
  });

  test.each(AGENT_CONSTANTS)('says its %s', (name) => {
    expect(withDefinitions(script, `echo "\${${name}[*]}"`)).toMatch(/\S/);
  });

  test('can be told to end after its task, or has no such signal', () => {
    expect(withDefinitions(script, 'echo "$AGENT_DRAIN_SIGNAL"')).toMatch(/^(QUIT)?\n$/);
  });

  test('is among those with a folder, and there is no other folder', () => {
    const folders = readdirSync(join(LINUX, 'agents'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    expect(new Set(folders)).toEqual(new Set(AGENTS.map(({ source }) => source)));
  });
});

test('no other file names an agent: what only one agent needs is in its folder', () => {
  const others = readdirSync(LINUX, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.sh') && !file.startsWith('agents/'),
  );
  expect(others.length).toBeGreaterThan(10);
  for (const file of others) {
    expect([file, readFileSync(join(LINUX, file), 'utf8')]).toEqual([
      file,
      expect.not.stringMatching(/circleci|gitlab|github/i),
    ]);
  }
});

describe.each(PLATFORM_NAMES)('the platform %s', (platform) => {
  const script = renderScript({ ...OPTIONS, platform });

  test.each(['prepare_platform', 'install_packages'])('has the function %s', (name) => {
    expect(withDefinitions(script, `declare -F ${name}`)).toBe(`${name}\n`);
  });

  test('makes sure of the commands in its table', () => {
    const pairs = withDefinitions(script, 'printf "%s\\n" "${PREREQUISITES[@]}"')
      .trim()
      .split('\n');
    expect(pairs).toEqual(
      Object.entries(PLATFORMS[platform].packages).map((pair) => pair.join(':')),
    );
    expect(pairs).toContain('nft:nftables');
  });
});

test('every script of a platform is in the table', () => {
  const scripts = readdirSync(join(LINUX, 'platform'));
  expect(PLATFORM_NAMES.map((name) => PLATFORMS[name].script).sort()).toEqual(scripts.sort());
});
