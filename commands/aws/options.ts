import { matching } from '../cli/option.ts';

/** Of a command that acts in an AWS account. */
export const REGION = matching(
  '--region <region>',
  'default: that of the environment or the profile',
  {
    pattern: /^[a-z]{2}(-[a-z]+)+-\d$/,
    allowed: 'the name of a region, such as us-east-1',
  },
);
