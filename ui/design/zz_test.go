package design
import ("testing";"context";"dejavu/sim";"dejavu/sim/check";"dejavu/broker";"time")
func TestZZ(t *testing.T){
 for n:=1;n<=4;n++{ c:=0; b:=time.Now(); q:=Question{Business:sim.Stock,Kinds:[]check.Kind{check.Crash,check.LoseAck,check.Copy}}; l:=q.letters(); for range recipes(l,n){c++}; t.Log(n,len(l),c,time.Since(b))}
 for _,b:=range []sim.Business{sim.Mail}{
  at:=time.Now()
  f,err:=Run(context.Background(),Question{Business:b,Kinds:[]check.Kind{check.Crash,check.LoseAck,check.Copy},Require:[]sim.Property{sim.NeverTwice,sim.NeverLost,sim.NeverStuck},Blocks:4,Faults:2,Queue:broker.Default()},nil)
  t.Log(b,err,f.Recipes,f.Plans,f.Searched,f.Spared,f.Undecided,time.Since(at))
  for _,d:=range f.Best{t.Log("\n"+d.Recipe.String(),d.Cost)}
 }
}
