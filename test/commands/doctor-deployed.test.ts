/** Whether what is deployed is what the config gives, in the words of the config; and in which states a stack may be. */
import { DeleteTagsCommand, AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { ScalerConfig } from '../../config/scaler-config.ts';
import { TAG } from '../../lambda/scaler/contract.ts';
import { type DoctorStage, healthy, WRITTEN } from './doctor-stage.ts';
import { ARM, LINUX } from './local-stage.ts';

let it: DoctorStage;

afterEach(async () => it.close());

const [LINUX_CLASS, ARM_CLASS] = [
  { resourceClass: LINUX, max: 4, instanceTypes: ['m7i.large'] },
  { resourceClass: ARM, max: 10, architecture: 'arm64', instanceTypes: ['m7g.large'] },
] as const;

function linuxWith(change: object): ScalerConfig {
  return { ...WRITTEN, resourceClasses: [{ ...LINUX_CLASS, ...change }, ARM_CLASS] };
}

interface Changed {
  readonly option: string;
  readonly config: ScalerConfig;
  readonly said: string;
}

const DIFFERS = 'what is deployed is not the config: ';

const CHANGED: readonly Changed[] = [
  { option: 'max', config: linuxWith({ max: 7 }), said: 'max was deployed as 4, and is 7 now' },
  {
    option: 'instance types',
    config: linuxWith({ instanceTypes: ['m7i.large', 'm7i.xlarge'] }),
    said: 'instanceTypes was deployed as m7i.large, and is m7i.large, m7i.xlarge now',
  },
  {
    option: 'the disk',
    config: linuxWith({ rootVolumeGiB: 200 }),
    said: 'rootVolumeGiB was deployed as 40, and is 200 now',
  },
  {
    option: 'the image',
    config: linuxWith({ image: { platform: 'ubuntu-24.04', amiId: 'ami-0123456789abcdef1' } }),
    said: 'image was deployed as ubuntu-24.04, /aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id, and is ubuntu-24.04, ami-0123456789abcdef1 now',
  },
  {
    option: 'what is in user data alone',
    config: linuxWith({ idleTimeoutMinutes: 9 }),
    said: 'idleTimeoutMinutes was deployed as 5, and is 9 now',
  },
  {
    option: 'a boot script',
    config: linuxWith({ bootScript: 'true\n'.repeat(100) }),
    said: 'bootScript was another',
  },
  {
    option: 'a schedule of a class',
    config: linuxWith({ schedules: [{ days: ['mon-fri'], timeZone: 'Europe/Berlin', min: 1 }] }),
    said: 'schedules was deployed as not set, and is [{"days":',
  },
];

describe('of the config and not deployed, the doctor names', () => {
  test.each(CHANGED)('$option', async ({ config, said }) => {
    it = await healthy();
    const found = await it.findings('stack', config);
    // Some thresholds of alarms follow from options of classes.
    expect(found.filter((each) => !each.said.includes('monitoring.alarms'))).toEqual([
      {
        check: 'stack',
        verdict: 'problem',
        said: expect.stringContaining(`${DIFFERS}${LINUX}: ${said}`),
        remedy: 'npx cdk deploy',
      },
    ]);
  });

  test('what the function is told, and what is of the scaler alone', async () => {
    it = await healthy();
    const found = await it.findings('stack', {
      ...WRITTEN,
      dryRun: true,
      passIntervalSeconds: 20,
      logRetentionDays: 7,
      proxy: { url: 'http://proxy.example.com:3128' },
    });
    expect(found.map(({ said }) => said.replace(DIFFERS, '')).sort()).toEqual([
      'dryRun was deployed as false, and is true now',
      'logRetentionDays was deployed as 30, and is 7 now',
      'passIntervalSeconds was deployed as 10, and is 20 now',
      expect.stringMatching(/^proxy\.noProxy was deployed as not set, and is \[/),
      'proxy.url was deployed as not set, and is http://proxy.example.com:3128 now',
    ]);
  });

  test('a class that is new, and one that is gone', async () => {
    it = await healthy();
    const found = await it.findings('stack', {
      ...WRITTEN,
      resourceClasses: [LINUX_CLASS, { resourceClass: 'acme/new', max: 1 }],
    });
    expect(found.map(({ said }) => said)).toEqual([
      `${DIFFERS}acme/new is in the config, and not deployed`,
      `${DIFFERS}${ARM} is deployed, and not in the config`,
      `the group ci.acme.arm serves ${ARM}, which the config does not have`,
    ]);
  });
});

type Template = Readonly<Record<string, Readonly<Record<string, object>>>>;

/** The deployed template, with some of it changed. */
function deployedWith(change: (template: Template) => unknown): void {
  it.deployed.template = change(JSON.parse(JSON.stringify(it.deployed.template)));
}

/** Another code of the function, as another checkout gives it. */
function otherCode(template: Template): Template {
  const { Resources = {} } = template;
  const resources = Object.entries(Resources).map(([id, resource]) => {
    const { Type, Properties } = resource as { Type: string; Properties: object };
    if (Type !== 'AWS::Lambda::Function') return [id, resource];
    return [id, { ...resource, Properties: { ...Properties, Code: { S3Key: 'another.zip' } } }];
  });
  return { ...template, Resources: Object.fromEntries(resources) };
}

function recordWith(change: object) {
  return ({ Metadata, ...template }: Template) => ({
    ...template,
    Metadata: { 'runner-scaler': { ...Metadata?.['runner-scaler'], ...change } },
  });
}

describe('a stack of another version', () => {
  test('is no wrong set-up, and is named as that, with what a deployment would change', async () => {
    it = await healthy();
    deployedWith(otherCode);
    expect(await it.findings('stack')).toEqual([
      {
        check: 'stack',
        verdict: 'unknown',
        said: 'the stack was deployed from the same config by another version of runner-scaler (another state of version 0.1.0); a deployment would change the code or the settings of functions',
        remedy: 'npx cdk diff shows what a deployment would change, and npx cdk deploy changes it',
      },
    ]);
  });

  test('is told by its number', async () => {
    it = await healthy();
    deployedWith((template) => recordWith({ version: '0.0.9' })(otherCode(template)));
    const [found] = await it.findings('stack');
    expect(found?.said).toContain('(version 0.0.9, and this is 0.1.0)');
  });

  test('may have other options, of which nothing is said', async () => {
    it = await healthy();
    const { options } = JSON.parse(JSON.stringify(it.deployed.template)).Metadata['runner-scaler'];
    const { metrics: _unknownThen, ...known } = options;
    deployedWith((template) =>
      recordWith({ version: '0.0.9', options: { ...known, gone: 'x', dryRun: 'true' } })(
        otherCode(template),
      ),
    );
    const found = await it.findings('stack');
    expect(found.map(({ said }) => said)).toEqual([
      `${DIFFERS}dryRun was deployed as true, and is false now`,
      'dryRun is false in the variables of the function, and was deployed as true: somebody changed it by hand',
    ]);
  });

  test('that kept no record of its config cannot be compared by options', async () => {
    it = await healthy();
    deployedWith((template) => ({ ...otherCode(template), Metadata: {} }));
    const [found] = await it.findings('stack');
    expect(found).toMatchObject({
      verdict: 'unknown',
      said: expect.stringContaining(
        'kept no record of its config; a deployment would change the code',
      ),
    });
  });

  test('whose template is no JSON cannot be compared', async () => {
    it = await healthy();
    it.installation.stack = { ...stackNow(), template: () => 'Resources:\n  A: {}\n' };
    const [found] = await it.findings('stack');
    expect(found).toMatchObject({
      verdict: 'unknown',
      said: expect.stringContaining('is no JSON'),
    });
  });
});

describe('what differs and changes nothing', () => {
  test('is the order of keys, metadata, and what CloudFormation keeps instead of a letter', async () => {
    it = await healthy({ ...WRITTEN, tags: { team: 'Größe' } });
    const config = { ...WRITTEN, tags: { team: 'Größe' } };
    deployedWith(({ Resources = {}, ...rest }) => ({
      Resources: Object.fromEntries(
        Object.entries(Resources)
          .reverse()
          .map(([id, resource]) => [id, { ...resource, Metadata: { 'aws:cdk:path': `ci/${id}` } }]),
      ),
      ...rest,
    }));
    const kept = JSON.stringify(it.deployed.template).replaceAll(/[^\0-\x7f]/g, '?');
    expect(kept).toContain('Gr??e');
    it.installation.stack = { ...stackNow(), template: () => kept };
    expect(await it.findings('stack', config)).toEqual([
      expect.objectContaining({ verdict: 'ok' }),
    ]);
  });
});

function stackNow() {
  const { stack } = it.installation;
  if (stack === undefined) throw new Error('no stack');
  return stack;
}

describe('somebody changed by hand', () => {
  test('a variable of the function', async () => {
    it = await healthy();
    const { functions, names } = it.installation;
    const { environment = {} } = functions.get(names.function) ?? {};
    functions.set(names.function, {
      environment: { ...environment, RUNNER_SCALER_DRY_RUN: 'true' },
    });
    expect(await it.findings('stack')).toEqual([
      expect.objectContaining({
        verdict: 'problem',
        said: 'dryRun is true in the variables of the function, and was deployed as false: somebody changed it by hand',
        remedy: expect.stringContaining('change it back at the function ci-ScalerFunction'),
      }),
    ]);
  });

  test('the variables of the function beyond what it understands', async () => {
    it = await healthy();
    const { functions, names } = it.installation;
    functions.set(names.function, { environment: {} });
    it.calls.length = 0;
    const found = await it.examined();
    expect(found.filter(({ verdict }) => verdict === 'problem')).toEqual([
      expect.objectContaining({
        check: 'stack',
        said: expect.stringMatching(
          /^the function ci-ScalerFunction is deployed with other settings than/,
        ),
      }),
    ]);
    // The runner tokens are looked at all the same.
    expect(it.calls.filter((action) => action === 'GetSecretValue')).toHaveLength(2);
  });

  test('the function, which he deleted', async () => {
    it = await healthy();
    it.installation.functions.clear();
    const wrong = (await it.examined()).filter(({ verdict }) => verdict === 'problem');
    expect(wrong.map(({ said }) => said)).toEqual([
      'the function of the stack is gone: somebody deleted it',
    ]);
  });

  test('the schedule, its rate or all of it', async () => {
    it = await healthy();
    it.installation.scheduleExpression = 'rate(5 minutes)';
    expect(await it.findings('schedule')).toEqual([
      expect.objectContaining({
        verdict: 'problem',
        said: 'the schedule ci-ScalerSchedule is rate(5 minutes), and was deployed as rate(1 minute): somebody changed it by hand',
      }),
    ]);
    it.installation.schedules.clear();
    expect(await it.findings('schedule')).toEqual([
      expect.objectContaining({ verdict: 'problem', said: expect.stringMatching(/is gone/) }),
    ]);
  });

  test('the tag by which the scaler finds a group', async () => {
    it = await healthy();
    const { group = '' } = it.group() ?? {};
    await new AutoScalingClient(it.here.client).send(
      new DeleteTagsCommand({
        Tags: [{ Key: TAG.name, ResourceId: group, ResourceType: 'auto-scaling-group' }],
      }),
    );
    expect(await it.findings('stack')).toEqual([
      expect.objectContaining({
        verdict: 'problem',
        said: `the group ci.acme.linux of ${LINUX} is not there, or has lost its tag runner-scaler:name`,
      }),
    ]);
  });
});

test('a function that Lambda could not update is named with the reason', async () => {
  it = await healthy();
  const { functions, names } = it.installation;
  const { environment = {} } = functions.get(names.function) ?? {};
  functions.set(names.function, { environment, state: 'Failed' });
  expect(await it.findings('stack')).toEqual([
    expect.objectContaining({
      verdict: 'problem',
      said: 'Lambda cannot run the function ci-ScalerFunction as it was deployed',
    }),
  ]);
});

test('docs/commands.md has these sentences as they are', async () => {
  it = await healthy();
  const found = [...(await it.findings('stack', linuxWith({ max: 7 })))];
  deployedWith((template) => recordWith({ version: '0.0.9' })(otherCode(template)));
  it.world.setBounds(it.group()?.group ?? '', 0, 0);
  found.push(...(await it.findings('stack')));
  const page = readFileSync('docs/commands.md', 'utf8');
  const shown = found.flatMap(({ said, remedy = '' }) => [said, `do: ${remedy}`]);
  expect(shown).toHaveLength(6);
  expect(shown.filter((each) => !page.includes(each))).toEqual([]);
});

interface State {
  readonly status: string;
  readonly verdict: 'ok' | 'problem' | 'unknown';
  readonly said: RegExp;
  /** Default: any or none. */
  readonly remedy?: RegExp;
  /** Whether what the stack made is looked at. */
  readonly others: boolean;
}

const STATES: readonly State[] = [
  {
    status: 'CREATE_COMPLETE',
    verdict: 'ok',
    said: /is deployed \(CREATE_COMPLETE\)/,
    others: true,
  },
  { status: 'IMPORT_COMPLETE', verdict: 'ok', said: /is deployed/, others: true },
  {
    status: 'CREATE_IN_PROGRESS',
    verdict: 'unknown',
    said: /is being deployed for the first time/,
    remedy: /^repeat/,
    others: false,
  },
  {
    status: 'REVIEW_IN_PROGRESS',
    verdict: 'problem',
    said: /a change set was made, and never deployed/,
    remedy: /^npx cdk deploy/,
    others: false,
  },
  {
    status: 'ROLLBACK_COMPLETE',
    verdict: 'problem',
    said: /its first deployment failed/,
    remedy: /npx cdk deploy, which first removes what is left$/,
    others: false,
  },
  {
    status: 'UPDATE_IN_PROGRESS',
    verdict: 'unknown',
    said: /a deployment of the stack ci is under way/,
    remedy: /^repeat/,
    others: true,
  },
  {
    status: 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
    verdict: 'unknown',
    said: /under way/,
    others: true,
  },
  {
    status: 'UPDATE_ROLLBACK_COMPLETE',
    verdict: 'problem',
    said: /the last deployment failed, and what was there before runs on/,
    remedy: /npx cdk deploy$/,
    others: true,
  },
  {
    status: 'UPDATE_ROLLBACK_FAILED',
    verdict: 'problem',
    said: /so did taking it back/,
    remedy: /npx cdk rollback$/,
    others: true,
  },
  {
    status: 'UPDATE_FAILED',
    verdict: 'problem',
    said: /failed, and was not taken back/,
    remedy: /npx cdk deploy$/,
    others: true,
  },
  { status: 'DELETE_IN_PROGRESS', verdict: 'problem', said: /is being removed/, others: false },
  {
    status: 'DELETE_FAILED',
    verdict: 'problem',
    said: /was to be removed, and something of it is left/,
    remedy: /docs\/removing\.md/,
    others: true,
  },
];

describe('a stack in the state', () => {
  test.each(STATES)('$status', async ({ status, verdict, said, remedy = /^/, others }) => {
    it = await healthy();
    it.installation.stack = { ...stackNow(), status };
    const found = await it.examined();
    const [ofStack, ...more] = found.filter(({ check }) => check === 'stack');
    expect(ofStack).toMatchObject({ verdict, said: expect.stringMatching(said) });
    expect(ofStack?.remedy ?? '').toMatch(remedy);
    expect(more).toEqual([]);
    // What follows from it is no further wrong.
    const wrong = found.filter((each) => each.verdict === 'problem' && each.check !== 'stack');
    expect(wrong).toEqual([]);
    const secrets = found.find(({ check }) => check === 'secrets');
    expect(secrets?.verdict).toBe(others ? 'ok' : 'unknown');
  });
});
