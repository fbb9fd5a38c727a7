import { expect, test } from '@jest/globals';
import { TAG } from '../../lambda/scaler/contract.ts';
import { templateOf } from '../../lib/template.ts';
import { configOf, only } from './stack-fixture.ts';

const GROUP = 'AWS::AutoScaling::AutoScalingGroup';

test('a group tells the scaler its schedules by a tag; its own sizes are the same at all hours', () => {
  const template = templateOf(
    configOf({
      schedules: [
        { days: ['mon-fri'], from: '08:00', to: '18:00', timeZone: 'Europe/Berlin', min: 2 },
        { days: ['sat-sun'], timeZone: 'Europe/Berlin', stop: true },
      ],
    }),
  );
  expect(only(template, GROUP).Properties).toMatchObject({
    MinSize: '0',
    Tags: expect.arrayContaining([
      {
        Key: TAG.schedule,
        Value: 'mon-fri 08:00-18:00 Europe/Berlin min=2 + sat sun 00:00-24:00 Europe/Berlin stop',
        PropagateAtLaunch: true,
      },
    ]),
  });
  // One that a deployment removes in its hours would leave its minimum behind.
  expect(template.findResources('AWS::AutoScaling::ScheduledAction')).toEqual({});
});

test('a group without schedules has no such tag', () => {
  expect(JSON.stringify(only(templateOf(configOf()), GROUP))).not.toContain(TAG.schedule);
});
