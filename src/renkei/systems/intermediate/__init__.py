"""自治体中間サーバー: holds the replicas, codes and records of several bodies, each under its own keys."""
