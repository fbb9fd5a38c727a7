/** Gets the tools before the first test: without them nothing can be shown, and the run fails here. */
import { step } from './step.ts';
import { prepareToolbox, ToolboxError } from './toolbox.ts';

try {
  await step("tools: moto and the AWS CLI, Node 24, AWS's runtime client", prepareToolbox);
} catch (error) {
  if (!(error instanceof ToolboxError)) throw error;
  process.stderr.write(`the deployment test cannot run: ${error.message}\n`);
  process.exitCode = 1;
}
