#!/usr/bin/env bash
# A sweep as a Slurm array: sbatch --array=1-8 slurm.sh PLAN.yaml DIR, then once all are done: spikeloom sweep merge DIR
#SBATCH --job-name=spikeloom
#SBATCH --cpus-per-task=4
#SBATCH --time=04:00:00
set -euo pipefail
exec spikeloom sweep "$1" --out "$2" --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_MAX" --workers "$SLURM_CPUS_PER_TASK"
