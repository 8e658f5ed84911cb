import { explainDenied } from './denied.ts';
import type { Explainer } from './explainer.ts';

/** The policies, evaluated for exactly this traffic, deny it. */
export const networkpolicyDenies: Explainer = {
  id: 'networkpolicy-denies',
  judgesPolicies: true,
  doc: {
    title: 'A NetworkPolicy denies the traffic',
    meaning:
      'As soon as one NetworkPolicy selects a pod for a direction, only what a rule of one of them admits may pass; both the client’s egress and the server’s ingress must allow. Denied packets are dropped without a word by most network plugins, and rejected by ICMP by kube-router (k3s).',
    recognition:
      'No answer, or an ICMP rejection that carries the dialled address, and the evaluation of all policies (NetworkPolicy, AdminNetworkPolicy, ClusterNetworkPolicy) for this client, this endpoint and the port on the pod says deny. It is certain if every endpoint is denied, no attempt was answered, nothing was left unread and a network plugin that enforces policies is recognised.',
    caveats:
      'Plain bridge networks and Flannel enforce no policy, whatever objects exist; there it is at most possible, and not named at all if denied traffic was answered. Where something at the destination rejects, it is likely whoever enforces policies. Policies are read after the capture and may have changed. Policies of other vendors are not evaluated and keep it at possible.',
    fix: 'Add the smallest rule that admits the traffic; the one that is printed was evaluated before. Name the client by its labels and its namespace, and the port as it is on the pod, not on the Service.',
  },
  explain: (situation) => explainDenied(situation, false),
};
