/** Runs the cells it is sent, one after another, and sends back what each showed. */
import { errorFacts } from '../../lambda/scaler/contract.ts';
import { type CellTask, runTask } from './plan.ts';

process.on('message', (task: CellTask) => {
  runTask(task)
    .then((trials) => process.send?.({ trials }))
    .catch((error: unknown) => process.send?.({ problem: errorFacts(error).message }));
});

// Without the process that asks there is nobody to answer.
process.once('disconnect', () => process.exit());
